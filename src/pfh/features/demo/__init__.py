"""The demo household: what a person sees before they bring their own bank file."""
