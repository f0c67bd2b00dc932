/** JUnit 5 test kit for losses and blocks of DJL, whoever wrote them. */
@NullMarked
package dev.fovea.testkit;

import org.jspecify.annotations.NullMarked;
