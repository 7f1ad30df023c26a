package org.pickupday.hapi;

import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/** Starts a FHIR server on the loopback interface: {@code java -jar pickupday-hapi.jar [port] [R4|R5]}, port 0 = any free one. */
public final class HapiServer {

    private HapiServer() {}

    /** Runs until the process is ended; the line {@code READY <base url>} on standard output says where it listens. */
    public static void main(String[] arguments) {
        String port = arguments.length > 0 ? arguments[0] : "0";
        FhirRelease release = FhirRelease.valueOf(arguments.length > 1 ? arguments[1] : "R4");

        SpringApplication application = new SpringApplication(Storage.class, Endpoint.class, release.configuration());
        application.setBannerMode(Banner.Mode.OFF);
        application.setAllowCircularReferences(true); // HAPI's own beans need each other.
        application.setDefaultProperties(Map.of("server.port", port, "server.address", "127.0.0.1"));
        var context = (ServletWebServerApplicationContext) application.run();
        System.out.println("READY http://127.0.0.1:" + context.getWebServer().getPort() + Endpoint.PATH);
    }
}
