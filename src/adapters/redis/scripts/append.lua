-- Appends text at a byte position, and seals the log if there is an outcome.
--
-- KEYS   1 text  2 log
-- ARGV   1 attempt  2 at (byte)  3 text  4 outcome (JSON, '' for none)  5 seconds to live  6 channel  7 message id
--        8 largest text that a message carries, in bytes
-- Reply  'written' | 'lost' | 'fenced'; an error when the log holds other text there, or another outcome
--
-- Atomic: between the check of the fence and the APPEND another worker could open the log.
-- Text that is already there, because the reply to an earlier call was lost, is not written twice.

local text, log = KEYS[1], KEYS[2]
local attempt, at, new, outcome = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local ttl, channel, message, largest = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])

local fence, attempts, sealed = unpack(redis.call('HMGET', log, 'fence', 'attempts', 'outcome'))
fence, attempts = tonumber(fence or 0), attempts or ''
if fence > attempt then return 'fenced' end
local begun = (' ' .. attempts):find(' ' .. attempt .. ':', 1, true)
local length = redis.call('STRLEN', text)
if not begun or length < at then return 'lost' end

local there = new ~= '' and redis.call('GETRANGE', text, at, at + #new - 1) or ''
local rest = new:sub(#there + 1)
local seal = outcome ~= '' and (at + #new) .. ' ' .. outcome
if there ~= new:sub(1, #there) or (seal and length > at + #new) then
  return redis.error_reply('CONFLICT the log has other text there')
end
if sealed and (rest ~= '' or (seal and seal ~= sealed)) then
  return redis.error_reply('CONFLICT the log is sealed')
end

if seal then redis.call('HSET', log, 'outcome', seal) end
if rest ~= '' then
  redis.call('APPEND', text, rest)
  local payload = message
  if #rest <= largest then payload = table.concat({message, attempt, at + #there}, ' ') .. '\n' .. rest end
  redis.call('PUBLISH', channel, payload)
end
redis.call('EXPIRE', log, ttl)
redis.call('EXPIRE', text, ttl)
return 'written'
