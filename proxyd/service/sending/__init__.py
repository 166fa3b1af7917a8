"""From a person's mail to the provider's 250, and the copy in Sent."""
