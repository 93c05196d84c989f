"""How long the carrier waits for each of our addresses, and what it tries again: connection overrides, which stand in
the fragment of a URL and are never sent or signed. Without them it waits 15 seconds for an answer and tries once more
only when it could not connect. The carrier's ceiling for a request in a call is 15 seconds with all its tries.
"""

# A caller hears ringing: a cold start must fit, and then the fallback's turn comes.
VOICE = "#ct=2000&rt=4000&rc=2&rp=ct,rt,5xx"
# A caller hears nothing: what is asked may be asked twice, so it is asked again at once.
ACTION = "#ct=2000&rt=5000&rc=2&rp=ct,rt,5xx"
# Somebody at the desk has just picked up and hears nothing.
WHISPER = "#ct=1000&rt=3000&rc=2&rp=ct,rt,5xx"
# Nobody waits: a report that is lost is worse than one that comes late.
REPORT = "#ct=5000&rt=10000&rc=3&rp=all"
