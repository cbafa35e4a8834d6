/** The first thing that the keyboard reaches. The address is the conversation's, so the browser must not follow it. */
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
