/** The first element that Tab reaches. The hash of the address names the conversation, so the browser must not follow this link. */
export function SkipLink() {
  return (
    <a
      className="skip"
      href="#main"
      onClick={(event) => {
        event.preventDefault();
        (document.getElementById('message') ?? document.getElementById('main'))?.focus();
      }}
    >
      Skip to the conversation
    </a>
  );
}
