-- Fences all lower attempts and returns what the log holds. Attempt 1 begins at byte 0 with it: nothing can precede it.
--
-- KEYS   1 text  2 log
-- ARGV   1 attempt  2 seconds to live
-- Reply  nil when fenced | {attempts, outcome, closed ('' or '1'), length, text}
--
-- Atomic: otherwise a lower attempt could write after the text was read, and its text would be overwritten unseen.

local text, log = KEYS[1], KEYS[2]
local attempt, ttl = tonumber(ARGV[1]), ARGV[2]

local fence, attempts, outcome, closed = unpack(redis.call('HMGET', log, 'fence', 'attempts', 'outcome', 'closed'))
if fence and tonumber(fence) > attempt then return nil end

-- Text without its hash (evicted) has no known attempts, so forks could not be detected.
if not fence then redis.call('DEL', text) end

if attempt == 1 and not attempts then
  attempts = '1:0'
  redis.call('HSET', log, 'fence', 1, 'attempts', attempts)
else
  redis.call('HSET', log, 'fence', attempt)
end
redis.call('EXPIRE', log, ttl)
redis.call('EXPIRE', text, ttl)
local whole = redis.call('GET', text) or ''
return {attempts or '', outcome or '', closed or '', #whole, whole}
