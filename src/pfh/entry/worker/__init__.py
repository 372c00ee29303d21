"""The processes beside `pfh serve`: relay, consumers, schedule."""
