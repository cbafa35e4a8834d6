/** In place of the whole page. Everything is kept by the server, so that loading the page again is safe. */
export function PageFailure() {
  return (
    <main className="welcome">
      <div className="card stack" role="alert">
        <h1>Something went wrong</h1>
        <p>Nothing is lost: your conversations are kept, and answers go on being written.</p>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          Load the page again
        </button>
      </div>
    </main>
  );
}
