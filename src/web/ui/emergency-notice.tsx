/** Stands at the bottom of every page. */
export function EmergencyNotice() {
  return (
    <p className="notice">
      Not for emergencies. If a life may be in danger, call your local emergency number (112, 911 or 999).
    </p>
  );
}
