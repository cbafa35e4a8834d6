-- Appends text to any number of logs, each at a byte position, and seals those that have an outcome.
--
-- KEYS   for each log: text, log
-- ARGV   1 largest text that a message carries, in bytes; then for each log:
--        1 attempt  2 at (byte)  3 text  4 outcome (JSON, '' for none)  5 seconds to live  6 '1' to renew them, else ''
--        7 channel  8 message id  9 when it was appended (ms since 1970), '' where that is not measured
-- Reply  for each log 'written' | 'lost' | 'fenced' | 'conflict' (other text, or another outcome, is there)
--
-- Atomic: between the check of the fence and the APPEND another worker could open the log.
-- Text that is already there, because the reply to an earlier call was lost, is not written twice.
-- In a cluster one call can reach only logs of one slot, so it is called for one log at a time.

local largest = tonumber(ARGV[1])

local function append(text, log, attempt, at, new, outcome, ttl, renew, channel, message, time)
  local fence, attempts, sealed = unpack(redis.call('HMGET', log, 'fence', 'attempts', 'outcome'))
  fence, attempts = tonumber(fence or 0), attempts or ''
  if fence > tonumber(attempt) then return 'fenced' end
  local begun = (' ' .. attempts):find(' ' .. attempt .. ':', 1, true)
  local length = redis.call('STRLEN', text)
  if not begun or length < at then return 'lost' end

  local there = length > at and new ~= '' and redis.call('GETRANGE', text, at, at + #new - 1) or ''
  local rest = new:sub(#there + 1)
  local seal = outcome ~= '' and (at + #new) .. ' ' .. outcome
  if there ~= new:sub(1, #there) or (seal and length > at + #new) then return 'conflict' end
  if sealed and (rest ~= '' or (seal and seal ~= sealed)) then return 'conflict' end

  if seal then redis.call('HSET', log, 'outcome', seal) end
  if rest ~= '' then
    redis.call('APPEND', text, rest)
    local payload = message
    if #rest <= largest then payload = table.concat({message, attempt, at + #there, time}, ' ') .. '\n' .. rest end
    redis.call('PUBLISH', channel, payload)
  end
  -- APPEND creates the text without a time to live.
  if renew ~= '' or length == 0 then
    redis.call('EXPIRE', log, ttl)
    redis.call('EXPIRE', text, ttl)
  end
  return 'written'
end

local replies = {}
for i = 1, #KEYS / 2 do
  local a = 2 + (i - 1) * 9
  replies[i] = append(KEYS[2 * i - 1], KEYS[2 * i], ARGV[a], tonumber(ARGV[a + 1]), ARGV[a + 2], ARGV[a + 3], ARGV[a + 4],
    ARGV[a + 5], ARGV[a + 6], ARGV[a + 7], ARGV[a + 8])
end
return replies
