"""Personal data under keys of its own: boxes that only their key opens, and keys that can be destroyed.

A backup cannot be edited, so what must be forgotten has to be unreadable there too. Each thing that someone may ask us
to forget is therefore sealed under a key of its own, and the keys lie where no backup of the table holds them: in the
bucket, each wrapped by a master key. Destroying a key reaches every copy of what it sealed.
"""
