-- Records the byte at which an attempt starts, and drops the text after it.
--
-- KEYS   1 text  2 log
-- ARGV   1 attempt  2 start (byte)  3 seconds to live  4 channel  5 message id
-- Reply  'written' | 'lost' | 'fenced'
--
-- Atomic: a reader that saw the truncated text without the new start would not notice the fork.
-- Idempotent: repeated after a lost reply, it must not drop what the attempt has written since.

local text, log = KEYS[1], KEYS[2]
local attempt, start, ttl = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]

local fence, attempts = unpack(redis.call('HMGET', log, 'fence', 'attempts'))
fence, attempts = tonumber(fence or 0), attempts or ''
if fence > attempt then return 'fenced' end
if fence < attempt or redis.call('STRLEN', text) < start then return 'lost' end

local begun = (' ' .. attempts):find(' ' .. attempt .. ':', 1, true)
if begun then return 'written' end

if start == 0 then
  redis.call('DEL', text)
elseif redis.call('STRLEN', text) > start then
  redis.call('SET', text, redis.call('GETRANGE', text, 0, start - 1))
end
local own = attempt .. ':' .. start
redis.call('HSET', log, 'attempts', attempts == '' and own or attempts .. ' ' .. own)
redis.call('HDEL', log, 'outcome')
redis.call('EXPIRE', log, ttl)
redis.call('EXPIRE', text, ttl)
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'written'
