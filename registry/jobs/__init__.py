"""What the service does by itself, after the answer has left: jobs, and the worker that runs them.

A job is a function of `Tools` and JSON arguments, named in `table.JOBS`. Actions put it into the
queue by that name (`registry.actions.later`), in their own transaction.
"""
