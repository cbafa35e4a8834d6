import '../../support/encrypted-rows.js';
import './acceptance.test.js';
