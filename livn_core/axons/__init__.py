"""Axons that grow, and where they meet dendrites."""
