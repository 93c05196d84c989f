-- One atomic step of the customer cache. KEYS: the entry, its lease. ARGV: "get", seconds of the lease, a new lease, or
-- "put", seconds to live, the lease that was given, the entry.
-- "get" answers the entry, or "" and leaves the new lease; "put" keeps the entry if its lease still stands.
if ARGV[1] == 'get' then
  local entry = redis.call('GET', KEYS[1])
  if entry then return entry end
  redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[2])
elseif redis.call('GET', KEYS[2]) == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[2])
  redis.call('DEL', KEYS[2])
end
return ''
