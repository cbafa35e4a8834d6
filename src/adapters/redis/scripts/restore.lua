-- Restores a whole log, if the stored one holds less or is of a lower attempt.
--
-- KEYS   1 text  2 log
-- ARGV   1 attempt  2 text  3 attempts  4 outcome ('' for none)  5 seconds to live  6 channel  7 message id
-- Reply  'written' | 'fenced'
--
-- Atomic: readers must see text and hash together, or they would take the new text for the old attempt's.

local text, log = KEYS[1], KEYS[2]
local attempt, whole, attempts, outcome = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local ttl, channel, message = ARGV[5], ARGV[6], ARGV[7]

local fence, there, sealed = unpack(redis.call('HMGET', log, 'fence', 'attempts', 'outcome'))
fence, there = tonumber(fence or 0), there or ''
if fence > attempt then return 'fenced' end

local knowsAttempts = there:sub(1, #attempts) == attempts
local knowsOutcome = outcome == '' or sealed
if fence == attempt and redis.call('STRLEN', text) >= #whole and knowsAttempts and knowsOutcome then
  return 'written'
end

redis.call('DEL', text, log)
if whole ~= '' then redis.call('SET', text, whole, 'EX', ttl) end
redis.call('HSET', log, 'fence', attempt, 'attempts', attempts)
if outcome ~= '' then redis.call('HSET', log, 'outcome', outcome) end
redis.call('EXPIRE', log, ttl)
redis.call('PUBLISH', channel, message)
return 'written'
