"""Synthetic data: seeded, repeatable, and openly invented; nothing in it is or resembles a real person."""
