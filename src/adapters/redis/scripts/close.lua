-- Marks the log as closed: the row is final. Keeps the log for the retention time from now.
--
-- KEYS   1 text  2 log
-- ARGV   1 seconds to live  2 channel  3 message id
-- Reply  1 when the log is sealed, so that its readers know of the end; else 0
--
-- Atomic: a hash created for a log that has just expired would never expire.
-- Notifies even without a log: its readers wait, and must read the row.

local text, log = KEYS[1], KEYS[2]
local ttl, channel, message = ARGV[1], ARGV[2], ARGV[3]

local sealed = 0
if redis.call('EXISTS', log) == 1 then
  sealed = redis.call('HEXISTS', log, 'outcome')
  redis.call('HSET', log, 'closed', 1)
  redis.call('EXPIRE', log, ttl)
  redis.call('EXPIRE', text, ttl)
end
redis.call('PUBLISH', channel, message)
return sealed
