/** Says all the time that a model answers, and how to reach a human where the deployment tells (`HUMAN_CONTACT`). */
export function AiNotice() {
  const contact = humanContact(document);
  return (
    <p className="notice ai">
      An AI answers, not a human.{contact !== '' && <> To reach a human: {contact}</>}
    </p>
  );
}

/** Reads what the server wrote into the page (src/transports/http/page-routes.ts). */
function humanContact(page: Document): string {
  return page.querySelector<HTMLMetaElement>('meta[name="human-contact"]')?.content ?? '';
}
