"""Carrying over what the older tool kept: one item an event, with its crew, payments and waivers inside.

The items come from its live table, from DynamoDB's export to S3, or from files of JSON (`sources`). What one says
becomes lines (`reading`) that go through the same rules as those of any other import (`carrying`).
"""
