"""The offline desk: a rule-based service-desk policy that stands in for a language model.

It is given what any model is given (system prompt, tools, messages) and keeps nothing between requests. The rooms:
words, moments, vehicles, services, spelling, names and phrases turn a transcript into facts (``heard``); ``suspects``
holds what was heard unsurely until the caller confirms it; ``story`` folds a whole history of messages into what is
known; ``policy`` and its ``steps`` decide the next tool or question; ``wording`` says it.
"""
