-- Returns the state of a log and a page of its text from a byte position.
--
-- KEYS   1 text  2 log
-- ARGV   1 position (byte)  2 largest page (bytes)
-- Reply  nil without a log | {attempts, outcome, closed ('' or '1'), length, page}
--
-- Atomic: attempts and text must be of the same moment, or a reader would take one attempt's text for another's.

local text, log = KEYS[1], KEYS[2]
local position, largest = tonumber(ARGV[1]), tonumber(ARGV[2])

local fence, attempts, outcome, closed = unpack(redis.call('HMGET', log, 'fence', 'attempts', 'outcome', 'closed'))
if not fence then return nil end
local page = redis.call('GETRANGE', text, position, position + largest - 1)
return {attempts or '', outcome or '', closed or '', redis.call('STRLEN', text), page}
