"""Toy data, toy modules and oracles that several tests share."""
