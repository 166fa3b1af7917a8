"""LEAF. The words of the product as values and pure rules. Standard library only; knows no wire."""
