-- One atomic change of a call's session, fenced by the epoch of the media stream that makes it.
-- KEYS[1] the session; ARGV: seconds to live, epoch, then "claim", or "save", revision, state, or "end", ending,
-- or "conclude", outcome.
-- Answers 1 while this stream holds the call, 0 when another of the same (claiming) or a higher epoch does.
-- A new epoch begins with the last one's state and without its ending and outcome: the call goes on.
local function number(field) return tonumber(redis.call('HGET', KEYS[1], field) or '') or -1 end
local held, epoch, action = number('epoch'), tonumber(ARGV[2]), ARGV[3]
if epoch < held or (action == 'claim' and epoch == held) then return 0 end
if epoch > held then
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  redis.call('HDEL', KEYS[1], 'revision', 'ending', 'outcome')
end
if action == 'save' and tonumber(ARGV[4]) > number('revision') then
  redis.call('HSET', KEYS[1], 'revision', ARGV[4], 'state', ARGV[5])
elseif action == 'end' then
  redis.call('HSET', KEYS[1], 'ending', ARGV[4])
elseif action == 'conclude' then
  redis.call('HSET', KEYS[1], 'outcome', ARGV[4])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
