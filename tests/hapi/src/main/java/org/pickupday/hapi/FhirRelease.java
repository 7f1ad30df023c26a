package org.pickupday.hapi;

import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.r5.JpaR5Config;

/** The release of FHIR that the server speaks, with the beans that HAPI brings for it. */
enum FhirRelease {
    R4(JpaR4Config.class),
    R5(JpaR5Config.class);

    private final Class<?> configuration;

    FhirRelease(Class<?> configuration) {
        this.configuration = configuration;
    }

    /** The Spring configuration of this release's resource types, system operations and structures. */
    Class<?> configuration() {
        return configuration;
    }
}
