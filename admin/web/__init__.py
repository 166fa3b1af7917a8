"""The console: pages that people sign in to. What there is stands in one table (routes.py).

Every page works without a script: links are GET and change nothing, actions are POST and answer
with a page or with 303. Decisions about who may do what are the services'; here they are visit.
"""
