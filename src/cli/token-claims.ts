/** Times that a token says of itself, in seconds since 1970; nothing for what is no JWT. Nothing is checked. */
export function timesOf(token: string): { readonly iat?: number; readonly exp?: number } {
  try {
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      iat?: unknown;
      exp?: unknown;
    };
    return { ...(typeof iat === 'number' && { iat }), ...(typeof exp === 'number' && { exp }) };
  } catch {
    return {};
  }
}
