import { Component, type ReactNode } from 'react';

/** Where a mistake of the page's own ends: all is kept by the server, so that loading it again is safe. */
export class Boundary extends Component<{ readonly children: ReactNode }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
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
}
