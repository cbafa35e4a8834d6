-- What a log holds, with the text after a byte.
--
-- KEYS   1 text  2 log
-- ARGV   1 position (byte)  2 largest page (bytes)
-- Reply  nil without a log | {attempts, outcome, closed ('' or '1'), length, page}
--
-- One step and one round trip: attempts and text belong to one moment, or a reader would take one attempt's text for
-- another's.

local text, log = KEYS[1], KEYS[2]
local position, largest = tonumber(ARGV[1]), tonumber(ARGV[2])

local fence, attempts, outcome, closed = unpack(redis.call('HMGET', log, 'fence', 'attempts', 'outcome', 'closed'))
if not fence then return nil end
local page = redis.call('GETRANGE', text, position, position + largest - 1)
return {attempts or '', outcome or '', closed or '', redis.call('STRLEN', text), page}
