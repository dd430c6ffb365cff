"""Train encoders by pairgen and its peers, and judge their features."""
