/** The first thing that the keyboard reaches. The address is the conversation's, so this is no jump within it. */
export function SkipLink() {
  return (
    <a
      className="skip"
      href="#message"
      onClick={(event) => {
        event.preventDefault();
        document.getElementById('message')?.focus();
      }}
    >
      Skip to the message box
    </a>
  );
}
