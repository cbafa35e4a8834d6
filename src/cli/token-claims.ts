/** The times in a token, in seconds since 1970; none if it is not a JWT. Its signature is not checked. */
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
