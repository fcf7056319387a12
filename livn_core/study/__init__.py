"""Many systems of one configuration: points of varied keys, replicates with seeds, an index.

A *study* is what a user asks for, a *point* a set of values of its keys, a *member* one system: a
replicate of a point. Each member is made as ``livn generate`` makes it.
"""
