/**
 * A part of a `with` that says that what can be found has changed. Processes that have vectors in memory then read them anew.
 */
export const CHANGED = 'changed as (update knowledge_revision set revision = revision + 1)';
