import type { User } from '../../account/user.js';

export interface UserRow {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly created_at: Date;
}

export function toUser(row: UserRow): User {
  return { id: row.id, email: row.email, name: row.name, createdAt: row.created_at.toISOString() };
}
