-- Forgets a log.
--
-- KEYS   1 text  2 log
-- ARGV   1 channel  2 message id
-- Reply  nil
--
-- One step: a ring before the keys are gone would have readers look too early.

redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
