"""What is deployed, against the rules that it follows: compose, image, servers, cluster."""
