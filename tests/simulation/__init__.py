"""A simulation of relay, brokers, consumers and projection: the real code on a false world."""
