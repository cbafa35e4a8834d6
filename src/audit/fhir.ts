import type { AuditKind } from '../kernel/audit.js';
import type { AuditEntry } from './chain.js';

/** As much of a FHIR R4 AuditEvent as is used here (http://hl7.org/fhir/R4/auditevent.html). */
export interface FhirAuditEvent {
  readonly resourceType: 'AuditEvent';
  readonly id: string;
  readonly meta?: { readonly profile: readonly string[] };
  readonly type: Coding;
  readonly subtype: readonly Coding[];
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  readonly recorded: string;
  readonly outcome: '0' | '4' | '8';
  readonly outcomeDesc?: string;
  readonly agent: readonly Agent[];
  readonly source: { readonly observer: Reference; readonly type: readonly Coding[] };
  readonly entity?: readonly Entity[];
}

interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
}

interface Reference {
  readonly display?: string;
  readonly identifier?: { readonly system: string; readonly value: string };
}

interface Agent {
  readonly type: { readonly coding: readonly Coding[] };
  readonly who?: Reference;
  readonly requestor: boolean;
  readonly network?: { readonly address: string; readonly type: '2' };
}

interface Entity {
  readonly what: Reference;
  readonly type: Coding;
  readonly role?: Coding;
}

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem';
const PROFILES = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition';
const UUID = 'urn:ietf:rfc:3986';

const REST: Coding = {
  system: `${TERMINOLOGY}/audit-event-type`,
  code: 'rest',
  display: 'RESTful Operation',
};
const AUTHENTICATION: Coding = { system: DICOM, code: '110114', display: 'User Authentication' };
const LOGIN: Coding = { system: DICOM, code: '110122', display: 'Login' };
const LOGOUT: Coding = { system: DICOM, code: '110123', display: 'Logout' };
const EXPORT: Coding = { system: DICOM, code: '110106', display: 'Export' };
const APPLICATION: Coding = { system: DICOM, code: '110100', display: 'Application Activity' };
const APPLICATION_START: Coding = { system: DICOM, code: '110120', display: 'Application Start' };
const APPLICATION_STOP: Coding = { system: DICOM, code: '110121', display: 'Application Stop' };

const ACTIONS: Readonly<Record<AuditKind, FhirAuditEvent['action']>> = {
  create: 'C',
  read: 'R',
  update: 'U',
  delete: 'D',
  execute: 'E',
};

const OUTCOMES: Readonly<Record<AuditEntry['outcome'], FhirAuditEvent['outcome']>> = {
  success: '0',
  refused: '4',
  failed: '8',
};

/** The interaction and the profile of the IHE's Basic Audit Log Patterns, by what was done to a patient's data. */
const PATTERNS: Readonly<Record<AuditKind, readonly [interaction: string, profile?: string]>> = {
  create: ['create', 'IHE.BasicAudit.PatientCreate'],
  read: ['read', 'IHE.BasicAudit.PatientRead'],
  update: ['update', 'IHE.BasicAudit.PatientUpdate'],
  delete: ['delete', 'IHE.BasicAudit.PatientDelete'],
  execute: ['operation'],
};

/** An entry as a FHIR R4 AuditEvent, in the patterns of IHE BALP. The patient is the user: nobody else reads or writes here. */
export function toFhir(entry: AuditEntry): FhirAuditEvent {
  const { operation, kind, outcome, code, count = 1 } = entry;
  const [, profile] = PATTERNS[kind];
  const isPatternOf = profile !== undefined && entry.userId !== undefined && outcome === 'success';
  const described = [
    operation,
    ...(code === undefined ? [] : [code]),
    ...(count > 1 ? [`${count} times`] : []),
  ];
  const entities = entitiesOf(entry);
  return {
    resourceType: 'AuditEvent',
    id: `${entry.writer}.${entry.seq}`,
    ...(isPatternOf && { meta: { profile: [`${PROFILES}/${profile}`] } }),
    ...typesOf(operation, kind),
    action: ACTIONS[kind],
    recorded: entry.at,
    outcome: OUTCOMES[outcome],
    outcomeDesc: described.join(', '),
    agent: agentsOf(entry),
    source: {
      observer: { display: 'veda-gateway', identifier: { system: UUID, value: `urn:uuid:${entry.writer}` } },
      type: [{ system: `${TERMINOLOGY}/security-source-type`, code: '4', display: 'Application Server' }],
    },
    ...(entities.length > 0 && { entity: entities }),
  };
}

function typesOf(operation: string, kind: AuditKind): Pick<FhirAuditEvent, 'type' | 'subtype'> {
  switch (operation) {
    case 'login':
    case 'socketConnect':
    case 'refresh':
    case 'demo':
      return { type: AUTHENTICATION, subtype: [LOGIN] };
    case 'logout':
    case 'endSession':
      return { type: AUTHENTICATION, subtype: [LOGOUT] };
    case 'auditStart':
      return { type: APPLICATION, subtype: [APPLICATION_START] };
    case 'auditStop':
      return { type: APPLICATION, subtype: [APPLICATION_STOP] };
    default: {
      const [interaction] = PATTERNS[kind];
      const rest = { system: 'http://hl7.org/fhir/restful-interaction', code: interaction };
      return { type: REST, subtype: operation === 'exportMe' ? [rest, EXPORT] : [rest] };
    }
  }
}

/** Client, server and the person, as BALP has them. */
function agentsOf({ operation, userId, sessionId, address }: AuditEntry): readonly Agent[] {
  const client: Agent = {
    type: coded({ system: DICOM, code: '110153', display: 'Source Role ID' }),
    who: sessionId === undefined ? { display: 'a client' } : uuid('session', sessionId),
    requestor: false,
    ...(address !== undefined && { network: { address, type: '2' as const } }),
  };
  const server: Agent = {
    type: coded({ system: DICOM, code: '110152', display: 'Destination Role ID' }),
    who: { display: 'veda-gateway' },
    requestor: false,
  };
  if (operation.startsWith('operator')) {
    return [{ ...client, who: { display: 'an operator, with the command line' }, requestor: true }, server];
  }
  if (userId === undefined) return [{ ...client, requestor: true }, server];
  const person: Agent = {
    type: coded({
      system: `${TERMINOLOGY}/v3-ParticipationType`,
      code: 'IRCP',
      display: 'information recipient',
    }),
    who: uuid('user', userId),
    requestor: true,
  };
  return [client, server, person];
}

function entitiesOf({ userId, conversationId, messageId, requestId }: AuditEntry): readonly Entity[] {
  const object = { system: `${TERMINOLOGY}/audit-entity-type`, code: '2', display: 'System Object' };
  const resource = { system: `${TERMINOLOGY}/object-role`, code: '4', display: 'Domain Resource' };
  return [
    ...(userId === undefined
      ? []
      : [
          {
            what: uuid('user', userId),
            type: { system: `${TERMINOLOGY}/audit-entity-type`, code: '1', display: 'Person' },
            role: { system: `${TERMINOLOGY}/object-role`, code: '1', display: 'Patient' },
          },
        ]),
    ...(conversationId === undefined
      ? []
      : [{ what: uuid('conversation', conversationId), type: object, role: resource }]),
    ...(messageId === undefined ? [] : [{ what: uuid('message', messageId), type: object, role: resource }]),
    ...(requestId === undefined
      ? []
      : [
          {
            what: { identifier: { system: 'urn:veda-gateway:request', value: requestId } },
            type: {
              system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
              code: 'XrequestId',
            },
          },
        ]),
  ];
}

function coded(coding: Coding): Agent['type'] {
  return { coding: [coding] };
}

function uuid(display: string, id: string): Reference {
  return { display, identifier: { system: UUID, value: `urn:uuid:${id}` } };
}
