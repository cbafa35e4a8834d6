export interface SignInOffer {
  /** Whether the gateway has accounts of its own. Otherwise people sign in with a token of another service. */
  readonly accounts: boolean;
  /** Whether a person can make an account. */
  readonly registration: boolean;
  readonly demo: boolean;
}

/** Reads what the server wrote into the page (src/transports/http/page-routes.ts). */
export function signInOffer(page: Document): SignInOffer {
  const words = page.querySelector<HTMLMetaElement>('meta[name="sign-in"]')?.content.split(' ') ?? [];
  return {
    accounts: words.includes('accounts'),
    registration: words.includes('registration'),
    demo: words.includes('demo'),
  };
}
