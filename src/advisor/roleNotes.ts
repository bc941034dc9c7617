/** Report lines about the role of the queries and the row security that they bypass. Not sanitized. */

export interface RoleFacts {
  readonly role?: { readonly name: string; readonly missing: readonly string[] } | null | undefined;
  readonly rowSecurityBypassed?: readonly string[] | null | undefined;
}

export function roleNotes(
  { role, rowSecurityBypassed }: RoleFacts,
  user: string | null | undefined,
): readonly string[] {
  const notes: string[] = [];
  if (role != null) {
    notes.push(`queries run as ${role.name}, with its settings`);
    if (role.missing.length > 0) notes.push(`not as ${role.name} has them: ${role.missing.join('; ')}`);
  }
  const tables = rowSecurityBypassed ?? [];
  if (tables.length > 0)
    notes.push(
      `row security of ${tables.join(', ')} does not bind ${role?.name ?? user ?? 'this role'}: plans and times are without its policies; --role NAME runs queries as a role that it binds`,
    );
  return notes;
}
