"""The tests of pairgen."""
