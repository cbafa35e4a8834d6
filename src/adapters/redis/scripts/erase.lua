-- Deletes a log.
--
-- KEYS   1 text  2 log
-- ARGV   1 channel  2 message id
-- Reply  nil
--
-- Atomic: a notification before the keys are gone would make readers read too early.

redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
