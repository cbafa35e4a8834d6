-- Says that the row is final, and keeps the log for the retention time from now.
--
-- KEYS   1 text  2 log
-- ARGV   1 seconds to live  2 channel  3 message id
-- Reply  nil
--
-- One step: a hash made for a log that has just expired would live for ever.
-- Rings even without a log: its readers wait, and must look at the row.

local text, log = KEYS[1], KEYS[2]
local ttl, channel, message = ARGV[1], ARGV[2], ARGV[3]

if redis.call('EXISTS', log) == 1 then
  redis.call('HSET', log, 'closed', 1)
  redis.call('EXPIRE', log, ttl)
  redis.call('EXPIRE', text, ttl)
end
redis.call('PUBLISH', channel, message)
