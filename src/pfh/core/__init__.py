"""The pure rules of money: standard library only, no clock, no input or output."""
