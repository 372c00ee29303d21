"""Mail to people: an outbox in the books, letters in their language, and who sends them."""
