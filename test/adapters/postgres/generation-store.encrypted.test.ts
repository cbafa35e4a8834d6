import '../../support/encrypted-rows.js';
import './generation-store.test.js';
