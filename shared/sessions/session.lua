-- One atomic change of a call's session, fenced by the epoch of the media stream that makes it.
-- KEYS[1] the session; ARGV: "claim" | "save", epoch, state (JSON, "" when claiming), seconds to live.
-- Answers 1 when done, 0 when another stream of the same or a higher epoch holds the call.
local held = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '-1')
local epoch = tonumber(ARGV[2])
if ARGV[1] == 'claim' then
  if epoch <= held then return 0 end
elseif epoch < held then
  return 0
end
redis.call('HSET', KEYS[1], 'epoch', epoch)
if ARGV[1] == 'save' then redis.call('HSET', KEYS[1], 'state', ARGV[3]) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
